<?php

declare(strict_types=1);

namespace App\Ecs\Health;

/**
 * By when a worker will have made progress, as it says itself. The container is unhealthy after that
 * (docker/healthcheck-queue.php).
 *
 * It is the modification time of an empty file, which lies in the future: that can be set on a full
 * disk, too, and is never half written.
 */
final class Deadline
{
    public function __construct(private readonly string $file = '/tmp/deadline') {}

    public function set(int $seconds): void
    {
        // A worker goes on without it; the health check then says that there is none.
        @touch($this->file, time() + $seconds);
    }

    /** Put it off, never forward. */
    public function extend(int $seconds): void
    {
        clearstatcache(true, $this->file);
        if (time() + $seconds > (int) @filemtime($this->file)) {
            $this->set($seconds);
        }
    }
}
