<?php

declare(strict_types=1);

namespace App\Ecs\Logging;

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

        return ContainerOutput::record($record->level->toPsrLogLevel(), $normalized['message'], $record->datetime)
            + ['channel' => $record->channel]
            + array_intersect_key($normalized, ['context' => true, 'extra' => true]);
    }
}
