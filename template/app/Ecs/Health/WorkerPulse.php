<?php

declare(strict_types=1);

namespace App\Ecs\Health;

use App\Ecs\Queue\WorkerSettings;
use Illuminate\Contracts\Events\Dispatcher;
use Illuminate\Queue\Events\JobProcessing;
use Illuminate\Queue\Events\Looping;
use Illuminate\Queue\Jobs\SyncJob;
use Illuminate\Support\Env;

/**
 * Sets a worker's deadline: each turn of its loop has a minute, a job its timeout and a minute.
 *
 * Without database or Valkey the loop goes on, or the worker ends: both is progress.
 */
final class WorkerPulse
{
    /** Seconds for what takes none. Two dead connections can make a turn of the loop take half as long. */
    public const SPARE = 60;

    public function __construct(private readonly Deadline $deadline) {}

    /** How long a turn of the loop may take that finds no job. */
    public static function turn(): int
    {
        return (int) Env::get('QUEUE_SLEEP', 3) + self::SPARE;
    }

    public function subscribe(Dispatcher $events): void
    {
        $events->listen(Looping::class, fn () => $this->deadline->set(self::turn()));
        $events->listen(JobProcessing::class, function (JobProcessing $event): void {
            // A job that another one runs within itself has no time of its own.
            if (! $event->job instanceof SyncJob) {
                $this->deadline->set(WorkerSettings::secondsFor($event->job) + self::SPARE);
            }
        });
    }
}
