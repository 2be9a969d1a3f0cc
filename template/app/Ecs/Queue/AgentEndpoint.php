<?php

declare(strict_types=1);

namespace App\Ecs\Queue;

use Illuminate\Support\Env;
use RuntimeException;

/**
 * Where ECS's agent takes a task's own word on whether the task may be stopped.
 *
 * https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-scale-in-protection-endpoint.html
 */
final class AgentEndpoint
{
    /** Seconds to wait for its answer: it is on the same machine, and a job waits behind it. */
    private const PATIENCE = 2;

    /** Whether this container runs on ECS at all. */
    public static function isThere(): bool
    {
        return self::uri() !== '';
    }

    /**
     * @throws RuntimeException when protection is not as it was asked for
     */
    public function protect(int $minutes): void
    {
        $this->put(['ProtectionEnabled' => true, 'ExpiresInMinutes' => $minutes]);
    }

    /**
     * @throws RuntimeException when protection is not as it was asked for
     */
    public function unprotect(): void
    {
        $this->put(['ProtectionEnabled' => false]);
    }

    /**
     * @param  array{ProtectionEnabled: bool, ExpiresInMinutes?: int}  $state
     */
    private function put(array $state): void
    {
        // Not Laravel's HTTP client: applications fake it, count it, and give it middleware of their own.
        $context = stream_context_create(['http' => [
            'method' => 'PUT',
            'header' => 'Content-Type: application/json',
            'content' => json_encode($state),
            'timeout' => self::PATIENCE,
            'ignore_errors' => true, // the body of a refusal says why
        ]]);
        error_clear_last();
        $answer = @file_get_contents(self::uri().'/task-protection/v1/state', context: $context);
        if ($answer === false) {
            throw new RuntimeException(error_get_last()['message'] ?? 'no answer');
        }
        // ECS refuses with status 200, too: only what it says it has done counts.
        if ((json_decode($answer, true)['protection']['ProtectionEnabled'] ?? null) !== $state['ProtectionEnabled']) {
            throw new RuntimeException($answer === '' ? 'an empty answer' : substr($answer, 0, 500));
        }
    }

    private static function uri(): string
    {
        return (string) Env::get('ECS_AGENT_URI');
    }
}
