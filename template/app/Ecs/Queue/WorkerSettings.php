<?php

declare(strict_types=1);

namespace App\Ecs\Queue;

use Illuminate\Contracts\Config\Repository;
use Illuminate\Contracts\Queue\Job;
use Illuminate\Support\Env;

/**
 * The numbers a worker lives by, and what must hold between them: a job's timeout, how long a stop waits
 * for it, when it counts as lost, and how much memory it may use.
 */
final class WorkerSettings
{
    /** Fargate kills a container at the latest after so many seconds. */
    private const LONGEST_STOP = 120;

    /** Seconds that a worker needs to end when its job has taken all of its time. */
    private const TIME_TO_END = 10;

    /** What stands for "no timeout", in seconds: nothing on ECS is protected for longer than two days. */
    private const UNLIMITED = 2 * 24 * 3600;

    /** How long a job may run, in seconds: as its class says, or else as the worker does. */
    public static function secondsFor(Job $job): int
    {
        return (int) ($job->timeout() ?? self::timeout()) ?: self::UNLIMITED;
    }

    public static function timeout(): int
    {
        return (int) Env::get('QUEUE_TIMEOUT', 90);
    }

    /** Whether a job may outlast the stop of its task, which then has to be held back. */
    public static function outlastsStop(): bool
    {
        return self::timeout() + self::TIME_TO_END > self::stopTimeout();
    }

    /** What is wrong with them, in one line; null when they fit. */
    public static function problem(Repository $config): ?string
    {
        return self::tooLongForItsConnection($config) ?? self::tooLongForItsStop() ?? self::tooLargeForPhp();
    }

    private static function tooLongForItsConnection(Repository $config): ?string
    {
        $timeout = self::timeout();
        $connection = (string) $config->get('queue.default');
        // Amazon SQS has a visibility timeout instead, which only the queue itself knows.
        $retryAfter = $config->get("queue.connections.$connection.retry_after");
        if ($retryAfter === null || $timeout < (int) $retryAfter) {
            return null;
        }

        return "QUEUE_TIMEOUT is $timeout, but the queue connection \"$connection\" gives a job to another worker after "
            ."$retryAfter seconds, so it would run twice. QUEUE_TIMEOUT must be less than its retry_after: lower the one, "
            .'or raise the other in config/queue.php.';
    }

    private static function tooLongForItsStop(): ?string
    {
        // Without STOP_TIMEOUT nobody has said that a stop is limited: a laptop, or compose.
        if (! Env::get('STOP_TIMEOUT') || ! self::outlastsStop() || AgentEndpoint::isThere()) {
            return null;
        }
        $longest = self::stopTimeout() - self::TIME_TO_END;

        return 'QUEUE_TIMEOUT is '.self::timeout().', but this container is killed '.self::stopTimeout().' seconds after it is '
            ."told to stop, and only on ECS (ECS_AGENT_URI) can a stop be held back. QUEUE_TIMEOUT must be $longest or less: "
            .'lower it, or raise STOP_TIMEOUT together with what stops the container.';
    }

    private static function tooLargeForPhp(): ?string
    {
        $memory = (int) Env::get('QUEUE_MEMORY', 0);
        $limit = ini_parse_quantity((string) ini_get('memory_limit'));
        if ($limit <= 0 || $memory * 1024 * 1024 < $limit) {
            return null;
        }

        return "QUEUE_MEMORY is $memory, but PHP's memory_limit is ".ini_get('memory_limit').', so a job would be killed before '
            .'its worker ends by itself. QUEUE_MEMORY must be less: lower it, or raise PHP_MEMORY_LIMIT.';
    }

    private static function stopTimeout(): int
    {
        return (int) Env::get('STOP_TIMEOUT') ?: self::LONGEST_STOP;
    }
}
