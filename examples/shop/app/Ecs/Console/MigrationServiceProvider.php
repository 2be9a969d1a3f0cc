<?php

declare(strict_types=1);

namespace App\Ecs\Console;

use App\Ecs\Queue\ReleaseMark;
use Illuminate\Console\CommandMutex;
use Illuminate\Console\Events\CommandFinished;
use Illuminate\Contracts\Events\Dispatcher;
use Illuminate\Support\Env;
use Illuminate\Support\ServiceProvider;
use Throwable;

/**
 * What `migrate` does in a container besides Laravel's: its lock ends soon after it was killed, and when a
 * release's migrations have succeeded, workers of the one before hear of it.
 */
final class MigrationServiceProvider extends ServiceProvider
{
    public function register(): void
    {
        $this->app->singleton(CommandMutex::class, LeasedCommandMutex::class);
    }

    public function boot(Dispatcher $events): void
    {
        $events->listen(CommandFinished::class, function (CommandFinished $event): void {
            // Somebody's own `artisan migrate` is no release.
            if ($event->command === 'migrate' && $event->exitCode === 0 && Env::get('CONTAINER_MODE') === 'migrate') {
                $this->markRelease();
            }
        });
    }

    private function markRelease(): void
    {
        try {
            $this->app->make(ReleaseMark::class)->set();
        } catch (Throwable $problem) {
            // Only busy workers with very long jobs wait for it, and they end within the hour.
            fwrite(STDERR, "Warning: this release could not be marked in Valkey: {$problem->getMessage()}\n");
        }
    }
}
