<?php

declare(strict_types=1);

namespace App\Ecs\Scheduling;

use Illuminate\Support\Carbon;

/**
 * What now() answers while the scheduler decides: the minute it runs, not the one in which it got to it.
 */
final class Clock
{
    public static function freeze(Minute $minute): void
    {
        Carbon::setTestNow($minute->start());
    }

    public static function release(): void
    {
        Carbon::setTestNow();
    }

    /**
     * Run this in another time, then go back to the one it was.
     *
     * @template T
     *
     * @param  ?Minute  $minute  null for the real clock
     * @param  callable(): T  $callback
     * @return T
     */
    public static function at(?Minute $minute, callable $callback): mixed
    {
        $before = Carbon::getTestNow();
        Carbon::setTestNow($minute?->start());
        try {
            return $callback();
        } finally {
            Carbon::setTestNow($before);
        }
    }
}
