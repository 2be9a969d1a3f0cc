<?php

declare(strict_types=1);

namespace App\Ecs\Console;

use RuntimeException;

/**
 * A process that renews a lease for as long as this one lives: it notices our end, however we come to
 * it, by the end of the pipe between us.
 */
final class LeaseKeeper
{
    private const SIGKILL = 9;

    /**
     * @param  resource  $process
     * @param  resource  $pipe
     */
    private function __construct(private readonly mixed $process, private readonly mixed $pipe) {}

    public static function of(Lease $lease): self
    {
        $command = [PHP_BINARY, base_path('artisan'), 'ecs:keep-lease', $lease->name, $lease->owner];
        $process = proc_open($command, [['pipe', 'r'], STDOUT, STDERR], $pipes);
        if ($process === false) {
            throw new RuntimeException('No process could be started to renew the lock of this command.');
        }

        return new self($process, $pipes[0]);
    }

    public function end(): void
    {
        // It may still be starting, and has nothing to lose: a renewal is done at once or not at all.
        proc_terminate($this->process, self::SIGKILL);
        fclose($this->pipe);
        proc_close($this->process);
    }
}
