<?php

declare(strict_types=1);

namespace App\Ecs\Console;

use Illuminate\Console\Command;
use Illuminate\Contracts\Redis\Factory;
use Throwable;

/**
 * Renews a lease until standard input, a pipe from its owner, ends. See LeaseKeeper.
 */
final class KeepLeaseCommand extends Command
{
    protected $signature = 'ecs:keep-lease {name} {owner}';

    protected $description = 'Renew the lock of a running command (started by that command)';

    protected $hidden = true;

    public function handle(Factory $redis): int
    {
        $lease = new Lease($redis, $this->argument('name'), $this->argument('owner'));

        while ($this->ownerLives()) {
            try {
                if (! $lease->renew()) {
                    $this->complain('is no longer ours: another run of it may begin.');

                    return self::FAILURE;
                }
            } catch (Throwable $problem) {
                // The lease outlasts four more tries.
                $this->complain("could not be renewed: {$problem->getMessage()}");
            }
        }

        return self::SUCCESS;
    }

    /** Wait until the next renewal is due, or our owner is gone. */
    private function ownerLives(): bool
    {
        $pipe = [STDIN];
        $none = null;

        return stream_select($pipe, $none, $none, intdiv(Lease::seconds(), 5)) === 0;
    }

    private function complain(string $what): void
    {
        $this->getOutput()->getErrorStyle()->writeln("Warning: the lock {$this->argument('name')} $what");
    }
}
