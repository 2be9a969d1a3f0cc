<?php

declare(strict_types=1);

namespace App\Ecs\Logging;

use Illuminate\Support\Env;
use Monolog\Formatter\JsonFormatter as MonologFormatter;
use Monolog\LogRecord;

/**
 * A log record as one JSON object with the same first fields as every other line of a container:
 * time, level, message, workload. Exceptions keep their trace.
 */
final class JsonFormatter extends MonologFormatter
{
    public function __construct()
    {
        parent::__construct(ignoreEmptyContextAndExtra: true, includeStacktraces: true);
    }

    protected function normalizeRecord(LogRecord $record): array
    {
        $normalized = parent::normalizeRecord($record);

        return [
            'time' => $record->datetime->format('Y-m-d\TH:i:s.vP'),
            'level' => $record->level->toPsrLogLevel(),
            'message' => $normalized['message'],
            'workload' => Env::get('WORKLOAD') ?: Env::get('CONTAINER_MODE') ?: 'unknown',
            'channel' => $record->channel,
        ] + array_intersect_key($normalized, ['context' => true, 'extra' => true]);
    }
}
