<?php

declare(strict_types=1);

namespace App\Ecs;

/**
 * How a container ends that cannot do its work, as sysexits.h numbers it. docker/entrypoint.sh uses the same.
 */
final class ExitCode
{
    /** EX_UNAVAILABLE: a managed service does not answer. */
    public const UNREACHABLE = 69;

    /** EX_CONFIG: what the environment says cannot be. */
    public const WRONG_SETTINGS = 78;
}
