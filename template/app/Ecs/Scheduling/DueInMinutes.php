<?php

declare(strict_types=1);

namespace App\Ecs\Scheduling;

use Illuminate\Console\Scheduling\Event;
use Illuminate\Console\Scheduling\Schedule;
use Illuminate\Contracts\Foundation\Application;
use Illuminate\Support\Collection;

/**
 * The application's schedule, of which a task is due when any of several minutes says so: once, however
 * many of them do.
 */
final class DueInMinutes extends Schedule
{
    /** @var list<Minute> */
    private array $minutes = [];

    /**
     * @param  list<Minute>  $minutes
     */
    public static function of(Schedule $schedule, array $minutes): self
    {
        $self = new self($schedule->timezone);
        foreach (get_object_vars($schedule) as $property => $value) {
            $self->$property = $value;
        }
        $self->minutes = $minutes;

        return $self;
    }

    public function dueEvents($app): Collection
    {
        return (new Collection($this->events))->filter(fn (Event $event): bool => $this->isDue($event, $app));
    }

    private function isDue(Event $event, Application $app): bool
    {
        foreach ($this->minutes as $minute) {
            if (Clock::at($minute, static fn (): bool => $event->isDue($app))) {
                return true;
            }
        }

        return false;
    }
}
