<?php

declare(strict_types=1);

namespace App\Ecs;

use App\Ecs\Console\KeepLeaseCommand;
use App\Ecs\Console\MigrationServiceProvider;
use App\Ecs\Console\PrepareCommand;
use App\Ecs\Queue\WorkerServiceProvider;
use App\Ecs\Scheduling\SchedulingServiceProvider;
use Illuminate\Console\Events\CommandStarting;
use Illuminate\Contracts\Config\Repository;
use Illuminate\Contracts\Events\Dispatcher;
use Illuminate\Contracts\Foundation\CachesConfiguration;
use Illuminate\Foundation\Application;
use Illuminate\Http\Middleware\TrustProxies;
use Illuminate\Http\Request;
use Illuminate\Support\Env;
use Illuminate\Support\ServiceProvider;

/**
 * Makes the application fit the containers of docker/entrypoint.sh, whatever its own configuration
 * files say. Outside a container, where CONTAINER_MODE is not set, it changes nothing.
 */
final class EcsServiceProvider extends ServiceProvider
{
    /** What a command does besides Laravel's, registered for that command alone. */
    private const PROVIDERS = [
        'migrate' => MigrationServiceProvider::class,
        'queue:work' => WorkerServiceProvider::class,
        'schedule:run' => SchedulingServiceProvider::class,
    ];

    /** Commands that would otherwise fail half-way, and the services that must answer before. */
    private const NEEDS = [
        'migrate' => [Service::Valkey, Service::Database],
        'schedule:run' => [Service::Valkey],
        'schedule:work' => [Service::Valkey],
    ];

    /** Commands that do without Valkey where none is named: they are Laravel's own then, and say so. */
    private const DO_WITHOUT = ['schedule:run', 'schedule:work'];

    public function register(): void
    {
        $cached = $this->app instanceof CachesConfiguration && $this->app->configurationIsCached();

        // A cached configuration was made by these very settings.
        if (self::inContainer() && ! $cached) {
            ContainerConfiguration::apply($this->app->make(Repository::class));
        }
        foreach (self::inContainer() ? self::PROVIDERS : [] as $command => $provider) {
            if ($this->app instanceof Application && $this->app->runningConsoleCommand($command)) {
                $this->app->register($provider);
            }
        }
    }

    public function boot(Dispatcher $events): void
    {
        $this->commands([KeepLeaseCommand::class, PrepareCommand::class]);

        if (! self::inContainer()) {
            return;
        }

        // Only the load balancer reaches the containers, so whoever connects is the proxy to trust,
        // and nobody before it: with '*' Laravel 13 trusts every address, and a client could invent
        // its own. The load balancer sets X-Forwarded-Proto and -Port and appends to -For; it passes
        // on whatever -Host a client sends, so that one is never believed.
        TrustProxies::at(Env::get('TRUSTED_PROXIES', 'REMOTE_ADDR'));
        TrustProxies::withHeaders(Request::HEADER_X_FORWARDED_AWS_ELB);

        $events->listen(CommandStarting::class, static function (CommandStarting $event): void {
            if (ContainerConfiguration::hasValkey() || ! in_array($event->command, self::DO_WITHOUT, true)) {
                self::require(self::NEEDS[$event->command] ?? []);
            }
        });
    }

    /**
     * @param  list<Service>  $services
     */
    private static function require(array $services): void
    {
        foreach ($services as $service) {
            if (($problem = $service->problem()) !== null) {
                fwrite(STDERR, "error: $problem\n");
                exit(ExitCode::UNREACHABLE);
            }
        }
    }

    private static function inContainer(): bool
    {
        return (string) Env::get('CONTAINER_MODE') !== '';
    }
}
