<?php

declare(strict_types=1);

namespace App\Ecs\Console;

use Illuminate\Contracts\Redis\Factory;
use Illuminate\Support\Env;

/**
 * A lock in Valkey that ends by itself soon unless its owner renews it. Every step is one script, so that
 * nobody renews or gives back what has become another's in between.
 *
 * On the connection whose keys are never evicted, whatever store the application's cache has.
 */
final class Lease
{
    private const TAKE = 'return redis.call("set", KEYS[1], ARGV[1], "NX", "EX", ARGV[2])';

    private const RENEW = 'return redis.call("get", KEYS[1]) == ARGV[1] and redis.call("expire", KEYS[1], ARGV[2])';

    private const GIVE_BACK = 'return redis.call("get", KEYS[1]) == ARGV[1] and redis.call("del", KEYS[1])';

    public function __construct(
        private readonly Factory $redis,
        public readonly string $name,
        public readonly string $owner,
    ) {}

    /** How long it lasts without being renewed, in seconds. Only tests have other ones. */
    public static function seconds(): int
    {
        return (int) Env::get('MIGRATE_LOCK_SECONDS', 300);
    }

    public function take(): bool
    {
        return $this->run(self::TAKE, self::seconds());
    }

    public function renew(): bool
    {
        return $this->run(self::RENEW, self::seconds());
    }

    public function giveBack(): bool
    {
        return $this->run(self::GIVE_BACK);
    }

    public function isTaken(): bool
    {
        return (bool) $this->redis->connection('default')->command('exists', [$this->name]);
    }

    private function run(string $script, int ...$arguments): bool
    {
        return (bool) $this->redis->connection('default')->eval($script, 1, $this->name, $this->owner, ...$arguments);
    }
}
