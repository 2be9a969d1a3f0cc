<?php

declare(strict_types=1);

namespace App\Ecs\Scheduling;

use App\Ecs\ContainerConfiguration;
use App\Ecs\ExitCode;
use App\Ecs\Logging\ContainerOutput;
use Illuminate\Console\Events\CommandStarting;
use Illuminate\Console\Scheduling\Schedule;
use Illuminate\Console\Scheduling\ScheduleRunCommand;
use Illuminate\Contracts\Events\Dispatcher;
use Illuminate\Support\Env;
use Illuminate\Support\ServiceProvider;
use InvalidArgumentException;

/**
 * Makes `schedule:run` run each minute at most once, whenever its container gets to it, and make up for
 * minutes that were lost. Registered for that command alone.
 */
final class SchedulingServiceProvider extends ServiceProvider
{
    public function register(): void
    {
        $minute = self::minute();
        $this->app->instance(Minute::class, $minute);
        if (! ContainerConfiguration::hasValkey()) {
            return;
        }

        // Before the application's routes are read: between() keeps the now() of its definition.
        Clock::freeze($minute);

        // A binding would be lost: Laravel's own provider is deferred and comes after this one.
        $this->app->extend(ScheduleRunCommand::class, fn (): TickCommand => $this->app->make(TickCommand::class));
    }

    public function boot(Dispatcher $events): void
    {
        $events->listen(CommandStarting::class, function (CommandStarting $event): void {
            if ($event->command !== 'schedule:run') {
                return;
            }
            self::keepOutput($this->app->make(Schedule::class));
            if (! ContainerConfiguration::hasValkey()) {
                fwrite(STDERR, "Warning: without REDIS_HOST this is Laravel's own scheduler: a minute may run twice or not at all.\n");
                $this->app->make(Report::class)->measure($this->app->make(Minute::class));
            }
        });
    }

    /** Its children must not take the minute for theirs, so the variable ends here. */
    private static function minute(): Minute
    {
        $time = (string) Env::get('SCHEDULE_TIME');
        putenv('SCHEDULE_TIME');
        unset($_ENV['SCHEDULE_TIME'], $_SERVER['SCHEDULE_TIME']);
        try {
            return Minute::of($time);
        } catch (InvalidArgumentException $problem) {
            fwrite(STDERR, "error: {$problem->getMessage()}\n");
            exit(ExitCode::WRONG_SETTINGS);
        }
    }

    /**
     * A scheduled command is a process of its own, whose output Laravel sends to /dev/null. Here it goes to the
     * container's, unless the application sends it elsewhere.
     */
    private static function keepOutput(Schedule $schedule): void
    {
        foreach ($schedule->events() as $task) {
            if ($task->output === $task->getDefaultOutput()) {
                $task->appendOutputTo(ContainerOutput::stdoutPath());
            }
        }
    }
}
