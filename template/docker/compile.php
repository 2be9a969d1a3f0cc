<?php

/*
 * Loads what artisan loads in every container. docker/build.sh runs this while PHP keeps what it compiles in the
 * image; without that, the command line compiles some 600 files at each start.
 *
 * Nothing here has to be complete: what is missing is compiled when it is needed.
 */

declare(strict_types=1);

use Illuminate\Contracts\Console\Kernel;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Str;

require __DIR__.'/../vendor/autoload.php';

$app = require __DIR__.'/../bootstrap/app.php';
$kernel = $app->make(Kernel::class);
$kernel->all();
$kernel->call('env'); // some command, for what every command runs and prints with

$load = static function (string $class): void {
    class_exists($class) || interface_exists($class) || trait_exists($class);
};

// What the containers' own code is made of.
$own = $app->path('Ecs');
foreach (new RecursiveIteratorIterator(new RecursiveDirectoryIterator($own, FilesystemIterator::SKIP_DOTS)) as $file) {
    $load('App\\Ecs\\'.strtr(substr($file->getPathname(), strlen($own) + 1, -strlen('.php')), '/', '\\'));
}

// What asks the database, as far as it comes without one.
Str::plural('query');
$connection = DB::connection();
$connection->query()->from('table')->toSql();
$connection->getSchemaBuilder();
$app->make('db.factory')->createConnector($connection->getConfig());

// What decides whether a task is due.
(new Cron\CronExpression('* * * * *'))->isDue();

// What talks to Valkey, to the queue and to other processes.
array_map($load, [
    Illuminate\Cache\Events\CacheMissed::class,
    Illuminate\Cache\PhpRedisLock::class,
    Illuminate\Console\Events\ScheduledTaskFinished::class,
    Illuminate\Console\Events\ScheduledTaskStarting::class,
    Illuminate\Console\Scheduling\CommandBuilder::class,
    Illuminate\Console\View\Components\BulletList::class,
    Illuminate\Console\View\Components\Task::class,
    Illuminate\Database\Eloquent\Builder::class,
    Illuminate\Database\Events\NoPendingMigrations::class,
    Illuminate\Database\Events\QueryExecuted::class,
    Illuminate\Database\Events\StatementPrepared::class,
    Illuminate\Foundation\CacheBasedMaintenanceMode::class,
    Illuminate\Foundation\MaintenanceModeManager::class,
    Illuminate\Http\Middleware\TrustProxies::class,
    Illuminate\Log\LogManager::class,
    Illuminate\Queue\Connectors\RedisConnector::class,
    Illuminate\Queue\RedisQueue::class,
    Illuminate\Redis\Connections\PhpRedisConnection::class,
    Illuminate\Redis\Connectors\PhpRedisConnector::class,
    Illuminate\Support\ConfigurationUrlParser::class,
    Illuminate\Support\Facades\Redis::class,
    Illuminate\Support\Stringable::class,
    Symfony\Component\Process\Pipes\UnixPipes::class,
    Symfony\Component\Process\Process::class,
    Symfony\Component\Process\ProcessUtils::class,
]);
