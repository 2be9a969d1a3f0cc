<?php

declare(strict_types=1);

namespace App\Ecs\Scheduling;

use App\Ecs\Logging\WholeLines;
use Illuminate\Console\Scheduling\Event;
use Illuminate\Console\Scheduling\Schedule;
use Illuminate\Console\Scheduling\ScheduleRunCommand;
use Illuminate\Contracts\Cache\Repository as Cache;
use Illuminate\Contracts\Debug\ExceptionHandler;
use Illuminate\Contracts\Events\Dispatcher;
use Illuminate\Support\Facades\Date;
use Symfony\Component\Console\Input\InputInterface;
use Symfony\Component\Console\Output\OutputInterface;
use Symfony\Component\Console\Output\StreamOutput;

/**
 * `schedule:run` for one minute of the schedule, once.
 *
 * The provider has frozen now() at that minute, so Laravel decides by it: what is due, which filters pass,
 * how locks of onOneServer() are named. Whatever is run sees the real clock.
 */
final class TickCommand extends ScheduleRunCommand
{
    /** Seconds at most that tasks of less than a minute repeat: as long as a minute has. */
    private const REPEAT = 60;

    private bool $isPast = false;

    private float $asked = 0;

    private float $repeatsUntil = 0;

    public function __construct(private readonly Minute $minute, private readonly Ledger $ledger, private readonly Report $report)
    {
        parent::__construct();
    }

    public function run(InputInterface $input, OutputInterface $output): int
    {
        return parent::run($input, $output instanceof StreamOutput ? WholeLines::of($output) : $output);
    }

    public function handle(Schedule $schedule, Dispatcher $dispatcher, Cache $cache, ExceptionHandler $handler): void
    {
        $claim = $this->ledger->claim($this->minute, TaskId::current());
        if ($claim === null) {
            $this->components->info("The minute $this->minute is taken already.");

            return;
        }
        $this->report->claimed($claim);

        $this->repeatsUntil = microtime(true) + self::REPEAT;
        $background = new BackgroundTasks;
        parent::handle(DueInMinutes::of($schedule, $claim->minutes()), $dispatcher, $cache, $handler);
        Clock::release();
        $background->await();
        $this->ledger->end($this->minute);
    }

    /**
     * @param  Event  $event
     */
    protected function runEvent($event): void
    {
        Clock::at(null, fn () => parent::runEvent($event));
    }

    /**
     * Laravel repeats until its minute ends by the clock. A tick may begin late in its minute, or after it: it
     * repeats until a later one takes over.
     *
     * @param  \Illuminate\Support\Collection<int, Event>  $events
     */
    protected function repeatEvents($events): void
    {
        Clock::release();
        $this->startedAt = Date::now()->addSeconds(self::REPEAT); // Laravel's own end, never before ours
        foreach ($events as $event) {
            (fn () => $this->lastChecked = Date::now())->call($event); // it was the frozen minute
        }
        parent::repeatEvents($events);
    }

    protected function shouldInterrupt(): bool
    {
        return microtime(true) >= $this->repeatsUntil || $this->isPast() || parent::shouldInterrupt();
    }

    /** Asked for each task ten times a second; Valkey is, once. */
    private function isPast(): bool
    {
        if (! $this->isPast && microtime(true) - $this->asked >= 1) {
            $this->asked = microtime(true);
            $this->isPast = $this->ledger->isPast($this->minute);
        }

        return $this->isPast;
    }
}
