<?php

/*
 * Prints the script that PHP-FPM runs before its first request (opcache.preload), which loads for all of its
 * processes at once what nearly every page needs. docker/build.sh calls this.
 *
 * It serves a page of its own, as far as one comes without a database and Valkey, and looks at what was loaded
 * for it. Nothing here has to be complete: what is missing is loaded when it is needed.
 */

declare(strict_types=1);

use Illuminate\Contracts\Http\Kernel;
use Illuminate\Contracts\Routing\ResponseFactory;
use Illuminate\Database\Eloquent\Model;
use Illuminate\Http\Request;
use Illuminate\Support\Facades\Date;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\Route;
use Illuminate\Support\Facades\View;

require __DIR__.'/../vendor/autoload.php';

$app = require __DIR__.'/../bootstrap/app.php';
$app->instance('request', $request = Request::create('/'));
$kernel = $app->make(Kernel::class);
$kernel->bootstrap();
config(['app.key' => random_bytes(32), 'cache.default' => 'array', 'session.driver' => 'array']);

// Of the middleware, Laravel's own: the application's may ask for what is not there while an image is built.
$laravels = static fn (array $middleware): array => array_filter(
    $middleware,
    static fn (mixed $name): bool => is_string($name) && str_starts_with($name, 'Illuminate\\'),
);
$view = $app->basePath('vendor/laravel/framework/src/Illuminate/Foundation/resources/health-up.blade.php');
$page = Route::get('/', static fn () => View::file($view, ['exception' => null]));
$page->middleware($laravels($kernel->getMiddlewareGroups()['web'] ?? []));
$app->make('router')->dispatch($request);

// What pages ask the container for, a query, and a time.
array_map($app->make(...), ['cache', 'redirect', 'redis', 'url', ResponseFactory::class]);
(new class extends Model {})->newQuery()->where('id', 1)->toSql();
$app->make('db.factory')->createConnector(DB::connection()->getConfig());
Date::now()->addMinute();

// What every request goes through, what comes with cached routes, and what talks to Valkey.
array_map('class_exists', [
    ...$laravels($kernel->getGlobalMiddleware()),
    Fruitcake\Cors\CorsService::class,
    Illuminate\Cache\Events\CacheMissed::class,
    Illuminate\Cache\Events\KeyWritten::class,
    Illuminate\Cache\Events\RetrievingKey::class,
    Illuminate\Cache\Events\WritingKey::class,
    Illuminate\Cache\RedisStore::class,
    Illuminate\Cache\Repository::class,
    Illuminate\Database\Eloquent\Collection::class,
    Illuminate\Database\Events\ConnectionEstablished::class,
    Illuminate\Database\Events\QueryExecuted::class,
    Illuminate\Database\Events\StatementPrepared::class,
    Illuminate\Foundation\CacheBasedMaintenanceMode::class,
    Illuminate\Foundation\Events\DiagnosingHealth::class,
    Illuminate\Foundation\Events\Terminating::class,
    Illuminate\Foundation\Http\Events\RequestHandled::class,
    Illuminate\Foundation\Http\HtmlDumper::class,
    Illuminate\Foundation\MaintenanceModeManager::class,
    Illuminate\Redis\Connections\PhpRedisConnection::class,
    Illuminate\Redis\Connectors\PhpRedisConnector::class,
    Illuminate\Routing\CompiledRouteCollection::class,
    Illuminate\Routing\ControllerDispatcher::class,
    Illuminate\Routing\RouteUrlGenerator::class,
    Illuminate\Session\CacheBasedSessionHandler::class,
    Illuminate\Support\ConfigurationUrlParser::class,
    Illuminate\Support\Defer\DeferredCallbackCollection::class,
    Illuminate\Support\Facades\Request::class,
    Illuminate\Support\HtmlString::class,
    Illuminate\View\Component::class,
    Laravel\SerializableClosure\Serializers\Native::class,
    Laravel\SerializableClosure\Serializers\Signed::class,
    Laravel\SerializableClosure\Signers\Hmac::class,
    Laravel\SerializableClosure\Support\ClosureStream::class,
    Laravel\SerializableClosure\UnsignedSerializableClosure::class,
    Symfony\Component\HttpFoundation\IpUtils::class,
    Symfony\Component\Routing\Matcher\CompiledUrlMatcher::class,
    Symfony\Component\Routing\RequestContext::class,
]);

// Classes of this template, of Laravel, and of what Laravel stands on.
const FILES = '#^/app/(app/Ecs/|vendor/(composer/ClassLoader\.php$|(doctrine|fruitcake|laravel|monolog|nesbot|psr|symfony|vlucas)/))#';

/**
 * Whether PHP-FPM may load a class without running its file: nothing there gives the class a second name, and the
 * same holds for what the class is made of.
 */
function preloadable(ReflectionClass $class): bool
{
    if ($class->isInternal()) {
        return true;
    }
    $file = $class->getFileName();
    $made_of = [...$class->getInterfaces(), ...$class->getTraits(), ...array_filter([$class->getParentClass()])];

    return preg_match(FILES, $file)
        && ! str_contains(file_get_contents($file), 'class_alias(')
        && array_filter($made_of, preloadable(...)) === $made_of;
}

$files = [];
foreach ([...get_declared_interfaces(), ...get_declared_traits(), ...get_declared_classes()] as $name) {
    $class = new ReflectionClass($name);
    if ($class->isUserDefined() && preloadable($class)) {
        $files[] = $class->getFileName();
    }
}
echo "<?php\n\n";
foreach (array_unique($files) as $file) {
    echo "opcache_compile_file('$file');\n";
}
