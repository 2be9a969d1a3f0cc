<?php

declare(strict_types=1);

namespace App\Ecs\Queue;

use Illuminate\Contracts\Events\Dispatcher;
use Illuminate\Queue\Events\JobProcessing;
use Illuminate\Queue\Events\Looping;
use Illuminate\Queue\Events\WorkerStopping;
use Illuminate\Queue\Jobs\SyncJob;
use Illuminate\Support\Carbon;

/**
 * A worker whose jobs may outlast a stop. Its task is protected from the first job until it has been idle
 * for a while, until the worker ends, or until another release is to take over: then it takes no new job
 * and waits for ECS to stop it, so that a queue that is never empty rolls out, too.
 */
final class ProtectedWorker
{
    /** Seconds without a job after which protection is given back. */
    private const IDLE = 60;

    private ?int $idleSince = null;

    public function __construct(private readonly TaskProtection $protection, private readonly ReleaseMark $mark) {}

    public function subscribe(Dispatcher $events): void
    {
        $events->listen(JobProcessing::class, $this->jobStarts(...));
        $events->listen(Looping::class, $this->mayTakeJob(...));
        $events->listen(WorkerStopping::class, fn () => $this->protection->release());
    }

    private function jobStarts(JobProcessing $event): void
    {
        // A job that another one runs within itself has no time of its own.
        if (! $event->job instanceof SyncJob) {
            $this->idleSince = null;
            $this->protection->hold(WorkerSettings::secondsFor($event->job));
        }
    }

    /** Before each look at the queue; false lets the worker pass over it. */
    private function mayTakeJob(): ?false
    {
        $now = Carbon::now()->getTimestamp();
        $this->idleSince ??= $now;
        $isReplaced = $this->mark->isAnothers();
        if ($isReplaced || $now >= $this->idleSince + self::IDLE) {
            $this->protection->release();
        }

        return $isReplaced ? false : null;
    }
}
