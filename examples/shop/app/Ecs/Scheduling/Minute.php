<?php

declare(strict_types=1);

namespace App\Ecs\Scheduling;

use Carbon\CarbonImmutable;
use InvalidArgumentException;

/**
 * The minute that a tick stands for: its event's, which may be over when the container has started.
 */
final readonly class Minute
{
    /** Seconds by which the clock of the event may be ahead of ours. */
    private const SKEW = 60;

    /** @param  int  $number  minutes since 1970, as the ledger counts them */
    private function __construct(public int $number) {}

    /**
     * @param  string  $time  as EventBridge writes it: 2026-11-24T19:31:00Z; empty for the minute that it is now
     *
     * @throws InvalidArgumentException
     */
    public static function of(string $time): self
    {
        if ($time === '') {
            return new self(intdiv(time(), 60));
        }
        if (! preg_match('/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/D', $time) || ! ($seconds = strtotime($time))) {
            throw new InvalidArgumentException("SCHEDULE_TIME must be a time such as 2026-11-24T19:31:00Z, not '$time'");
        }
        // It would be claimed, and every tick until then would find its minute taken.
        if ($seconds > time() + self::SKEW) {
            throw new InvalidArgumentException("SCHEDULE_TIME is $time, which has not come yet");
        }

        return new self(intdiv($seconds, 60));
    }

    public static function number(int $number): self
    {
        return new self($number);
    }

    /** Its first second, in the application's time zone. */
    public function start(): CarbonImmutable
    {
        return CarbonImmutable::createFromTimestamp($this->number * 60, date_default_timezone_get());
    }

    /** Seconds since it began, by the real clock. */
    public function age(): float
    {
        return round(microtime(true) - $this->number * 60, 1);
    }

    public function __toString(): string
    {
        return gmdate('Y-m-d\TH:i\Z', $this->number * 60);
    }
}
