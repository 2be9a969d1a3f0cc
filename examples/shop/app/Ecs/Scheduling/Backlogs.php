<?php

declare(strict_types=1);

namespace App\Ecs\Scheduling;

use Illuminate\Contracts\Queue\Factory;
use Illuminate\Contracts\Queue\Queue;
use Illuminate\Queue\RedisQueue;
use Illuminate\Support\Env;

/**
 * How much work waits for each queue service, by which it is scaled.
 */
final readonly class Backlogs
{
    public function __construct(private Factory $queues) {}

    /**
     * Jobs that wait or are under way; those for later are not counted before they are due.
     *
     * @return array<string, int> service => jobs
     */
    public function measure(): array
    {
        $connection = $this->queues->connection();
        $size = static fn (string $queue): int => $connection->pendingSize($queue)
            + $connection->reservedSize($queue)
            + self::due($connection, $queue);
        $services = (array) json_decode((string) Env::get('BACKLOG_QUEUES'), true);

        return array_map(static fn (array $queues): int => array_sum(array_map($size, $queues)), $services);
    }

    /**
     * Jobs that were to wait, and have. Laravel puts them with the others only when a worker asks for one: a service
     * that has scaled to none would never learn of them.
     */
    private static function due(Queue $connection, string $queue): int
    {
        return $connection instanceof RedisQueue
            ? $connection->getConnection()->zcount($connection->getQueue($queue).':delayed', '-inf', (string) time())
            : 0;
    }
}
