<?php

declare(strict_types=1);

namespace App\Ecs\Queue;

use Illuminate\Support\Carbon;
use Psr\Log\LoggerInterface;
use RuntimeException;

/**
 * Keeps ECS from stopping this task while it must not be stopped: neither a deployment nor a scale-in does.
 *
 * Protection is taken for much longer than one job needs, so that many jobs share one call. Whatever the
 * endpoint does, a job goes on: without protection it is at worst repeated, as any job may be.
 */
final class TaskProtection
{
    /** Seconds by which protection outlasts what it is held for. */
    private const SPARE = 60;

    /** Seconds for which it is taken beyond that, so that the next jobs find it still there. */
    private const AHEAD = 3600;

    /** What ECS allows, in minutes. */
    private const LONGEST = 2880;

    /** Seconds after a failure in which the endpoint is left alone, and in which nothing more is logged. */
    private const PAUSE = 10;

    private const QUIET = 60;

    /** When it ends; 0 when there is none. Unknown at first: a process before this one may have taken it. */
    private ?int $until = null;

    private int $failed = 0;

    private int $logged = 0;

    public function __construct(private readonly AgentEndpoint $endpoint, private readonly LoggerInterface $log) {}

    /** See that it lasts for so many seconds, and a minute more. */
    public function hold(int $seconds): void
    {
        $now = Carbon::now()->getTimestamp();
        $needed = min($seconds + self::SPARE, self::LONGEST * 60 - self::AHEAD);
        if ($this->until >= $now + $needed) {
            return;
        }
        $minutes = (int) ceil(($needed + self::AHEAD) / 60);
        if ($this->asked(fn () => $this->endpoint->protect($minutes))) {
            $this->until = $now + $minutes * 60;
        }
    }

    public function release(): void
    {
        if ($this->until !== 0 && $this->asked(fn () => $this->endpoint->unprotect())) {
            $this->until = 0;
        }
    }

    /**
     * @param  callable(): void  $ask
     */
    private function asked(callable $ask): bool
    {
        $now = Carbon::now()->getTimestamp();
        if ($now < $this->failed + self::PAUSE) {
            return false;
        }
        try {
            $ask();

            return true;
        } catch (RuntimeException $problem) {
            $this->failed = Carbon::now()->getTimestamp();
            if ($now >= $this->logged + self::QUIET) {
                $this->logged = $now;
                $this->log->warning("The task's protection could not be changed: {$problem->getMessage()}");
            }

            return false;
        }
    }
}
