<?php

declare(strict_types=1);

namespace App\Console\Commands;

use App\Models\Sighting;
use Illuminate\Console\Command;

/**
 * Shows the scheduler at work.
 */
final class RecordSchedule extends Command
{
    protected $signature = 'app:record-schedule';

    protected $description = 'Record that the schedule has run';

    public function handle(): int
    {
        Sighting::query()->create(['mode' => 'schedule']);

        return self::SUCCESS;
    }
}
