<?php

declare(strict_types=1);

namespace App\Ecs\Logging;

use Illuminate\Support\Env;
use Monolog\Handler\StreamHandler;
use Monolog\Processor\PsrLogMessageProcessor;

/**
 * The log channels of a container, in the form of config/logging.php.
 */
final class Channels
{
    /**
     * Plain lines on stderr, which ECS hands to CloudWatch.
     *
     * @return array<string, mixed>
     */
    public static function stderr(): array
    {
        return [
            'driver' => 'monolog',
            'level' => Env::get('LOG_LEVEL', 'info'),
            'handler' => StreamHandler::class,
            'handler_with' => ['stream' => ContainerOutput::stderr()],
            'formatter' => Env::get('LOG_STDERR_FORMATTER'),
            'processors' => [PsrLogMessageProcessor::class],
        ];
    }

    /**
     * One JSON object per line on stderr.
     *
     * @return array<string, mixed>
     */
    public static function json(): array
    {
        return ['formatter' => JsonFormatter::class] + self::stderr();
    }
}
