<?php

declare(strict_types=1);

namespace Tests\Ecs;

use App\Ecs\Scheduling\BackgroundTasks;
use App\Ecs\Scheduling\Claim;
use App\Ecs\Scheduling\Clock;
use App\Ecs\Scheduling\DueInMinutes;
use App\Ecs\Scheduling\Minute;
use Illuminate\Console\Scheduling\Event;
use Illuminate\Console\Scheduling\Schedule;
use Illuminate\Support\Facades\Date;
use PHPUnit\Framework\Attributes\TestWith;
use Tests\TestCase;

final class ScheduleTest extends TestCase
{
    #[TestWith([null, 0, 0, 1], 'the first of all')]
    #[TestWith([99, 0, 0, 1], 'nothing lost')]
    #[TestWith([97, 2, 0, 3], 'two minutes lost')]
    #[TestWith([39, 60, 0, 61], 'an hour lost')]
    #[TestWith([30, 69, 9, 61], 'more than an hour lost')]
    public function test_a_tick_makes_up_for_lost_minutes(?int $previous, int $missed, int $givenUp, int $minutes): void
    {
        $claim = new Claim(Minute::number(100), $previous, []);

        $this->assertSame($missed, $claim->missed());
        $this->assertSame($givenUp, $claim->givenUp());
        $this->assertCount($minutes, $claim->minutes());
        $this->assertSame(100, last($claim->minutes())->number);
    }

    public function test_a_task_is_due_once_for_all_the_minutes_in_which_it_was(): void
    {
        $schedule = new Schedule;
        $schedule->call(fn () => null)->name('every minute')->everyMinute();
        $schedule->call(fn () => null)->name('at half past')->hourlyAt(30);
        $schedule->call(fn () => null)->name('at a quarter past')->hourlyAt(15);

        $this->assertSame(['every minute', 'at half past'], $this->due($schedule, '12:29', '12:30', '12:31'));
        $this->assertSame(['every minute'], $this->due($schedule, '12:31'));
    }

    public function test_a_time_zone_s_own_days_count(): void
    {
        $schedule = new Schedule;
        $schedule->call(fn () => null)->name('in Berlin')->dailyAt('03:30')->timezone('Europe/Berlin');

        // Clocks go forward at 01:00 UTC; half past three is then an hour earlier than the day before.
        $this->assertSame(['in Berlin'], $this->due($schedule, '2026-03-29T01:30:00Z'));
        $this->assertSame([], $this->due($schedule, '2026-03-29T02:30:00Z'));
        $this->assertSame(['in Berlin'], $this->due($schedule, '2026-03-28T02:30:00Z'));
    }

    public function test_deciding_does_not_move_the_clock(): void
    {
        Clock::freeze(Minute::of('2026-11-24T12:31:00Z'));
        try {
            $this->due((new Schedule), '12:29');
            $this->assertSame('12:31', Date::now('UTC')->format('H:i'));
            $this->assertNotSame('2026-11-24 12:31:00', Clock::at(null, fn () => (string) Date::now('UTC')));
            $this->assertSame('12:31', Date::now('UTC')->format('H:i'));
        } finally {
            Clock::release();
        }
    }

    public function test_it_waits_for_what_still_runs_in_the_background(): void
    {
        $tasks = new BackgroundTasks;
        $began = microtime(true);
        exec('(sleep 1; true) > /dev/null 2>&1 &');
        $started = microtime(true) - $began;
        $tasks->await();

        $this->assertLessThan(0.9, $started);
        $this->assertGreaterThan(0.9, microtime(true) - $began);
    }

    /**
     * @return list<string>
     */
    private function due(Schedule $schedule, string ...$times): array
    {
        $minutes = array_map(fn (string $time) => Minute::of(strlen($time) > 5 ? $time : "2026-11-24T$time:00Z"), $times);
        $due = DueInMinutes::of($schedule, $minutes)->dueEvents($this->app);

        return $due->map(fn (Event $event) => $event->description)->values()->all();
    }
}
