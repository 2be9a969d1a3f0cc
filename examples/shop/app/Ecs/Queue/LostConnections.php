<?php

declare(strict_types=1);

namespace App\Ecs\Queue;

use Illuminate\Contracts\Database\LostConnectionDetector;
use Throwable;

/**
 * Which failures mean that the database is away. After one a worker ends, and starts again when it answers.
 *
 * Laravel goes by sentences, and lacks those of a server that is starting up, shutting down or failing
 * over. A worker that took such a failure for the job's own would use up all of a job's tries within a
 * second, and could not even write it to failed_jobs.
 */
final class LostConnections implements LostConnectionDetector
{
    /** Classes of SQLSTATE: connection exception, operator intervention; and MySQL's own numbers for the latter. */
    private const UNAVAILABLE = '/SQLSTATE\[(08|57P0)|SQLSTATE\[\w+\](: [^:]+:)? \[?(1053|1077|1079|1927)\b/';

    public function __construct(private readonly LostConnectionDetector $laravels) {}

    public function causedByLostConnection(Throwable $e): bool
    {
        return preg_match(self::UNAVAILABLE, $e->getMessage()) === 1 || $this->laravels->causedByLostConnection($e);
    }
}
