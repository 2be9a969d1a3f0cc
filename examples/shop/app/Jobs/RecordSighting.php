<?php

declare(strict_types=1);

namespace App\Jobs;

use App\Models\Sighting;
use Illuminate\Contracts\Queue\ShouldQueue;
use Illuminate\Foundation\Queue\Queueable;
use Illuminate\Support\Facades\Log;

/**
 * Shows the queue worker at work.
 */
final class RecordSighting implements ShouldQueue
{
    use Queueable;

    public function handle(): void
    {
        Sighting::query()->create(['mode' => 'queue']);
        Log::info('A job has run.');
    }
}
