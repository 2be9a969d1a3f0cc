<?php

declare(strict_types=1);

namespace App\Jobs;

use Illuminate\Contracts\Queue\ShouldQueue;
use Illuminate\Foundation\Queue\Queueable;
use Illuminate\Support\Facades\Redis;

/**
 * A job that does nothing; the first and the last of many note the time.
 */
final class Nothing implements ShouldQueue
{
    use Queueable;

    public function __construct(public readonly string $note = '') {}

    public function handle(): void
    {
        if ($this->note !== '') {
            Redis::set($this->note, (string) microtime(true));
        }
    }
}
