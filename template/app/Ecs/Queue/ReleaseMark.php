<?php

declare(strict_types=1);

namespace App\Ecs\Queue;

use Illuminate\Contracts\Redis\Factory;
use Illuminate\Support\Carbon;
use Illuminate\Support\Env;
use Throwable;

/**
 * Which release is the newest, as its migrations have left word in Valkey.
 *
 * The mark ends by itself: if the release it names never comes to run, workers of the one before wait a
 * quarter of an hour for their end, not for ever.
 */
final class ReleaseMark
{
    private const KEY = 'ecs:release';

    private const SECONDS = 900;

    /** Seconds for which an answer is kept: a busy worker asks before each job. */
    private const FRESH = 5;

    private bool $isAnothers = false;

    private int $looked = 0;

    public function __construct(private readonly Factory $redis) {}

    public function set(): void
    {
        if (($release = self::ours()) !== '') {
            $this->redis->connection('default')->command('setex', [self::KEY, self::SECONDS, $release]);
        }
    }

    /** Whether another release than ours is about to take over. */
    public function isAnothers(): bool
    {
        $now = Carbon::now()->getTimestamp();
        if (self::ours() === '' || $now < $this->looked + self::FRESH) {
            return $this->isAnothers;
        }
        $this->looked = $now;
        try {
            $marked = $this->redis->connection('default')->command('get', [self::KEY]);
        } catch (Throwable) {
            return $this->isAnothers; // without Valkey there is no job to take, and the worker says so itself
        }

        return $this->isAnothers = is_string($marked) && $marked !== self::ours();
    }

    /** The image that this container was started from, as its task definition has it; empty on a laptop. */
    private static function ours(): string
    {
        return (string) Env::get('RELEASE');
    }
}
