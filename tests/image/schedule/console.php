<?php

/*
 * The schedule of the simulation, in place of the application's. Each run adds a line to /tmp/runs: the
 * number of the tick, the task, and the time of the process's own clock.
 */

declare(strict_types=1);

use Illuminate\Support\Facades\Schedule;

$record = static fn (string $task): Closure => static function () use ($task): void {
    file_put_contents('/tmp/runs', getenv('TICK')."\t$task\t".time()."\n", FILE_APPEND | LOCK_EX);
};
$process = static fn (string $task): string => "sh -c 'sleep 0.1; echo \"\$TICK\t$task\t\$(date +%s)\" >> /tmp/runs'";

Schedule::call($record('every minute'))->name('every minute')->everyMinute()->withoutOverlapping();
Schedule::call($record('hourly'))->name('hourly')->hourly()->onOneServer();
Schedule::call($record('daily'))->name('daily')->dailyAt('04:10')->timezone('Europe/Berlin');
Schedule::call($record('between'))->name('between')->everyFiveMinutes()->between('00:30', '03:59');
Schedule::call($record('when'))->name('when')->everyMinute()->when(static fn (): bool => now()->minute % 3 === 0);
Schedule::call($record('twice a minute'))->name('twice a minute')->everyThirtySeconds()->cron('7 * * * *');
Schedule::exec($process('process'))->cron('20,50 * * * *');
Schedule::exec($process('in the background'))->cron('*/10 * * * *')->runInBackground();
