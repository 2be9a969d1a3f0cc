<?php

declare(strict_types=1);

namespace App\Ecs\Console;

use Illuminate\Console\Command;
use Illuminate\Console\CommandMutex;
use Illuminate\Contracts\Redis\Factory;
use Illuminate\Support\Str;

/**
 * The lock of `--isolated` commands, of migrations above all. Laravel's own stays an hour when its process
 * is killed; this one ends within five minutes. A process of its own renews it meanwhile, because a
 * migration may wait for one statement for much longer than that.
 */
final class LeasedCommandMutex implements CommandMutex
{
    /** @var array<string, array{Lease, LeaseKeeper}> */
    private array $held = [];

    public function __construct(private readonly Factory $redis) {}

    /**
     * @param  Command  $command
     */
    public function create($command): bool
    {
        $lease = $this->lease($command);
        if (! $lease->take()) {
            return false;
        }
        $this->held[$lease->name] = [$lease, LeaseKeeper::of($lease)];

        return true;
    }

    /**
     * @param  Command  $command
     */
    public function exists($command): bool
    {
        return $this->lease($command)->isTaken();
    }

    /**
     * @param  Command  $command
     */
    public function forget($command): bool
    {
        [$lease, $keeper] = $this->held[$this->name($command)] ?? [null, null];
        unset($this->held[$this->name($command)]);
        $keeper?->end();

        return $lease?->giveBack() ?? false;
    }

    private function lease(Command $command): Lease
    {
        return new Lease($this->redis, $this->name($command), Str::random(40));
    }

    private function name(Command $command): string
    {
        $id = method_exists($command, 'isolatableId') ? ":{$command->isolatableId()}" : '';

        return "isolated:{$command->getName()}$id";
    }
}
