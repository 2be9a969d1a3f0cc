<?php

declare(strict_types=1);

namespace App\Ecs\Scheduling;

use Illuminate\Contracts\Queue\Factory;
use Illuminate\Support\Env;

/**
 * How much work waits for each queue service, by which it is scaled.
 */
final readonly class Backlogs
{
    public function __construct(private Factory $queues) {}

    /**
     * Jobs that wait or are under way; those that are to wait until later are not counted.
     *
     * @return array<string, int> service => jobs
     */
    public function measure(): array
    {
        $connection = $this->queues->connection();
        $size = static fn (string $queue): int => $connection->pendingSize($queue) + $connection->reservedSize($queue);
        $services = (array) json_decode((string) Env::get('BACKLOG_QUEUES'), true);

        return array_map(static fn (array $queues): int => array_sum(array_map($size, $queues)), $services);
    }
}
