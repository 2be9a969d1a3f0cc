<?php

declare(strict_types=1);

namespace App\Console\Commands;

use App\Jobs\Nothing;
use Illuminate\Console\Command;
use Illuminate\Support\Facades\Queue;

/**
 * Queues jobs that do nothing.
 */
final class QueueNothing extends Command
{
    protected $signature = 'bench:queue {count}';

    public function handle(): int
    {
        $count = (int) $this->argument('count');
        Queue::bulk([new Nothing('first'), ...array_fill(0, $count - 2, new Nothing), new Nothing('last')]);

        return self::SUCCESS;
    }
}
