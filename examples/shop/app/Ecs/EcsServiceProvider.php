<?php

declare(strict_types=1);

namespace App\Ecs;

use App\Ecs\Console\PrepareCommand;
use Illuminate\Console\Events\CommandStarting;
use Illuminate\Console\Scheduling\Schedule;
use Illuminate\Contracts\Config\Repository;
use Illuminate\Contracts\Events\Dispatcher;
use Illuminate\Contracts\Foundation\CachesConfiguration;
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
    /** Commands that would otherwise fail half-way, and the services that must answer before. */
    private const NEEDS = [
        'migrate' => [Service::Valkey, Service::Database],
        'schedule:run' => [Service::Valkey],
        'schedule:work' => [Service::Valkey],
    ];

    public function register(): void
    {
        $cached = $this->app instanceof CachesConfiguration && $this->app->configurationIsCached();

        // A cached configuration was made by these very settings.
        if (self::inContainer() && ! $cached) {
            ContainerConfiguration::apply($this->app->make(Repository::class));
        }
    }

    public function boot(Dispatcher $events): void
    {
        $this->commands([PrepareCommand::class]);

        if (! self::inContainer()) {
            return;
        }

        // Only the load balancer reaches the containers, so whoever connects is the proxy to trust,
        // and nobody before it: with '*' Laravel 13 trusts every address, and a client could invent
        // its own. The load balancer sets X-Forwarded-Proto and -Port and appends to -For; it passes
        // on whatever -Host a client sends, so that one is never believed.
        TrustProxies::at(Env::get('TRUSTED_PROXIES', 'REMOTE_ADDR'));
        TrustProxies::withHeaders(Request::HEADER_X_FORWARDED_AWS_ELB);

        $events->listen(CommandStarting::class, function (CommandStarting $event): void {
            self::require(self::NEEDS[$event->command] ?? []);
            if ($event->command === 'schedule:run') {
                self::keepOutput($this->app->make(Schedule::class));
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
                exit(Service::UNREACHABLE);
            }
        }
    }

    /**
     * A scheduled command is a process of its own, whose output Laravel sends to /dev/null, log lines
     * included. Here it goes where the scheduler's own does, unless the application sends it elsewhere.
     */
    private static function keepOutput(Schedule $schedule): void
    {
        foreach ($schedule->events() as $task) {
            if ($task->output === $task->getDefaultOutput()) {
                $task->appendOutputTo('/proc/'.getmypid().'/fd/1');
            }
        }
    }

    private static function inContainer(): bool
    {
        return (string) Env::get('CONTAINER_MODE') !== '';
    }
}
