<?php

declare(strict_types=1);

namespace App\Ecs\Scheduling;

use App\Ecs\Logging\Metrics;
use Psr\Log\LoggerInterface;
use Throwable;

/**
 * What a tick says of itself before it runs anything: in the log what went wrong before it, in metrics that
 * it lives. Alarms are on these numbers: AWS's own do not see a task that never came to its work.
 */
final readonly class Report
{
    public function __construct(private LoggerInterface $log, private Backlogs $backlogs) {}

    public function claimed(Claim $claim): void
    {
        foreach ($claim->unfinished as $minute => $task) {
            $this->log->warning('The tick of {minute} has not ended: it still runs, or was killed and is not repeated.', [
                'minute' => (string) Minute::number($minute),
                'task' => $task,
            ]);
        }
        if ($claim->missed() > 0) {
            $this->log->warning('Minutes lost before {minute}: {missed}. What was due in them runs now, once.', [
                'missed' => $claim->missed(),
                'minute' => (string) $claim->minute,
            ]);
        }
        if ($claim->givenUp() > 0) {
            $this->log->error('Too long ago to make up for: {given_up} of them. What was due then has not run.', [
                'given_up' => $claim->givenUp(),
            ]);
        }
        $this->measure($claim->minute, $claim->missed());
    }

    public function measure(Minute $minute, int $missed = 0): void
    {
        Metrics::put('schedule', [
            'Ticks' => [1, 'Count'],
            'MissedMinutes' => [$missed, 'Count'],
            'Delay' => [$minute->age(), 'Seconds'],
        ]);
        try {
            foreach ($this->backlogs->measure() as $service => $jobs) {
                Metrics::put($service, ['Backlog' => [$jobs, 'Count']]);
            }
        } catch (Throwable $problem) {
            $this->log->error('The queues could not be measured: {problem}', ['problem' => $problem->getMessage()]);
        }
    }
}
