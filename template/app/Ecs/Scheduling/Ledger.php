<?php

declare(strict_types=1);

namespace App\Ecs\Scheduling;

use Illuminate\Contracts\Redis\Factory;

/**
 * Which minutes are taken: one number in Valkey, the newest of them. A tick whose minute is at or below
 * it came twice or too late. Beside it, the ticks that have begun and not ended.
 *
 * If Valkey loses the number, as a fail-over may, minutes can be lost or run again: nothing else here
 * remembers them.
 */
final class Ledger
{
    /** In braces, so that a Valkey cluster keeps both on one server. */
    private const NEWEST = '{schedule}:minute';

    private const RUNNING = '{schedule}:running';

    /**
     * KEYS newest, running; ARGV minute, task. Answers with nothing when the minute is taken; else with the
     * newest before it, then minute and task of each tick that has not ended: each is named once.
     */
    private const CLAIM = <<<'LUA'
        local newest = redis.call('get', KEYS[1])
        if newest and tonumber(newest) >= tonumber(ARGV[1]) then return {} end
        local answer = redis.call('hgetall', KEYS[2])
        table.insert(answer, 1, newest or '')
        redis.call('set', KEYS[1], ARGV[1])
        redis.call('del', KEYS[2])
        redis.call('hset', KEYS[2], ARGV[1], ARGV[2])
        return answer
        LUA;

    public function __construct(private readonly Factory $redis) {}

    /** Take a minute, before anything is run; null when another tick has it. */
    public function claim(Minute $minute, string $task): ?Claim
    {
        $answer = $this->ask(self::CLAIM, [self::NEWEST, self::RUNNING], $minute->number, $task);
        if ($answer === []) {
            return null;
        }
        $previous = array_shift($answer);

        return new Claim($minute, $previous === '' ? null : (int) $previous, array_column(array_chunk($answer, 2), 1, 0));
    }

    /** Whether a later minute is taken. */
    public function isPast(Minute $minute): bool
    {
        return (int) $this->ask("return redis.call('get', KEYS[1])", [self::NEWEST]) > $minute->number;
    }

    /** Note that a tick has ended. */
    public function end(Minute $minute): void
    {
        $this->ask("return redis.call('hdel', KEYS[1], ARGV[1])", [self::RUNNING], $minute->number);
    }

    /**
     * By scripts throughout: what an application has its connection do to values (serialize, compress) stays out.
     *
     * @param  list<string>  $keys
     */
    private function ask(string $script, array $keys, string|int ...$values): mixed
    {
        return $this->redis->connection('default')->command('eval', [$script, [...$keys, ...$values], count($keys)]);
    }
}
