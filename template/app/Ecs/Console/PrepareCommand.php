<?php

declare(strict_types=1);

namespace App\Ecs\Console;

use App\Ecs\ExitCode;
use App\Ecs\Health\Deadline;
use App\Ecs\Health\WorkerPulse;
use App\Ecs\Queue\WorkerSettings;
use App\Ecs\Service;
use Illuminate\Console\Command;
use Illuminate\Contracts\Config\Repository;
use Illuminate\Support\Env;

/**
 * What a long-lived container does before its work: see that its settings fit and its services answer,
 * then cache configuration and routes as this environment makes them.
 */
final class PrepareCommand extends Command
{
    protected $signature = 'ecs:prepare';

    protected $description = 'Check settings and services, then cache configuration and routes (run by docker/entrypoint.sh)';

    public function handle(Repository $config, Deadline $deadline): int
    {
        $patience = 0;
        if (Env::get('CONTAINER_MODE') === 'queue') {
            if (($problem = WorkerSettings::problem($config)) !== null) {
                return $this->refuse($problem, ExitCode::WRONG_SETTINGS);
            }
            // A worker ends when its services go away, and starts again before they are back. Others are
            // seen to be ready only once they answer, so they end at once.
            $patience = (int) Env::get('QUEUE_PATIENCE', 60);
            $deadline->set($patience + WorkerPulse::SPARE);
        }

        return $this->awaitServices($patience) ?: $this->callSilent('config:cache') ?: $this->callSilent('route:cache');
    }

    private function awaitServices(int $patience): int
    {
        $end = hrtime(true) + $patience * 1_000_000_000;
        foreach (Service::cases() as $service) {
            $waiting = false;
            while (($problem = $service->problem()) !== null) {
                if (hrtime(true) >= $end) {
                    return $this->refuse($problem, ExitCode::UNREACHABLE);
                }
                if (! $waiting) {
                    $this->say("Warning: waiting up to $patience seconds for $service->value: $problem");
                    $waiting = true;
                }
                sleep(1);
            }
        }

        return self::SUCCESS;
    }

    private function refuse(string $problem, int $code): int
    {
        $this->say("error: $problem");

        return $code;
    }

    private function say(string $line): void
    {
        $this->getOutput()->getErrorStyle()->writeln($line);
    }
}
