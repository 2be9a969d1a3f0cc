<?php

declare(strict_types=1);

namespace App\Ecs\Logging;

use DateTimeImmutable;
use Illuminate\Support\Env;

/**
 * The container's own output, for processes whose own is elsewhere: what the scheduler starts writes to
 * /dev/null. docker/entrypoint.sh keeps it open for them, and says as which files.
 */
final class ContainerOutput
{
    public static function stdout(): string
    {
        $file = Env::get('CONTAINER_STDOUT');

        return $file === null ? 'php://stdout' : "php://fd/$file";
    }

    public static function stderr(): string
    {
        $file = Env::get('CONTAINER_STDERR');

        return $file === null ? 'php://stderr' : "php://fd/$file";
    }

    /** stdout() as a shell's redirection names it; PHP cannot open this where it is a pipe. */
    public static function stdoutPath(): string
    {
        $file = Env::get('CONTAINER_STDOUT');

        return $file === null ? '/proc/'.getmypid().'/fd/1' : "/dev/fd/$file";
    }

    /**
     * The fields that begin every line of a container.
     *
     * @return array{time: string, level: string, message: string, workload: string}
     */
    public static function record(string $level, string $message, DateTimeImmutable $time = new DateTimeImmutable): array
    {
        return [
            'time' => $time->format('Y-m-d\TH:i:s.vP'),
            'level' => $level,
            'message' => $message,
            'workload' => Env::get('WORKLOAD') ?: Env::get('CONTAINER_MODE') ?: 'unknown',
        ];
    }
}
