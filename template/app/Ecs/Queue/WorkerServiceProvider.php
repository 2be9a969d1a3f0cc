<?php

declare(strict_types=1);

namespace App\Ecs\Queue;

use App\Ecs\Health\PulsingMaintenanceMode;
use App\Ecs\Health\WorkerPulse;
use Illuminate\Contracts\Database\LostConnectionDetector;
use Illuminate\Contracts\Events\Dispatcher;
use Illuminate\Contracts\Foundation\MaintenanceMode;
use Illuminate\Support\ServiceProvider;

/**
 * What a queue worker does besides Laravel's: it shows that it lives, waits for a database that is away,
 * and where its jobs may outlast a stop it protects its task. Registered for `queue:work` alone.
 */
final class WorkerServiceProvider extends ServiceProvider
{
    public function register(): void
    {
        $this->app->extend(
            MaintenanceMode::class,
            fn (MaintenanceMode $mode): MaintenanceMode => $this->app->make(PulsingMaintenanceMode::class, ['mode' => $mode]),
        );
        $this->app->extend(
            LostConnectionDetector::class,
            static fn (LostConnectionDetector $laravels): LostConnections => new LostConnections($laravels),
        );
    }

    public function boot(Dispatcher $events): void
    {
        $events->subscribe(WorkerPulse::class);
        if (WorkerSettings::outlastsStop() && AgentEndpoint::isThere()) {
            $events->subscribe(ProtectedWorker::class);
        }
    }
}
