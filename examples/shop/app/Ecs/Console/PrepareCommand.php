<?php

declare(strict_types=1);

namespace App\Ecs\Console;

use App\Ecs\Service;
use Illuminate\Console\Command;

/**
 * What a long-lived container does before its work: see that its services answer, then cache
 * configuration and routes as this environment makes them.
 */
final class PrepareCommand extends Command
{
    protected $signature = 'ecs:prepare';

    protected $description = 'Check the services, then cache configuration and routes (run by docker/entrypoint.sh)';

    public function handle(): int
    {
        foreach (Service::cases() as $service) {
            if (($problem = $service->problem()) !== null) {
                $this->getOutput()->getErrorStyle()->writeln("error: $problem");

                return Service::UNREACHABLE;
            }
        }

        return $this->callSilent('config:cache') ?: $this->callSilent('route:cache');
    }
}
