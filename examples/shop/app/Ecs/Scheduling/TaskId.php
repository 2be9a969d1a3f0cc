<?php

declare(strict_types=1);

namespace App\Ecs\Scheduling;

use Illuminate\Support\Env;

/**
 * The ECS task this runs in, under which `bin/ecs logs --task` finds its lines.
 */
final class TaskId
{
    public static function current(): string
    {
        // http://169.254.170.2/v4/<task>-<number of the container>
        $uri = (string) Env::get('ECS_CONTAINER_METADATA_URI_V4');

        return preg_match('#/v4/([0-9a-f]{32})-#', $uri, $match) ? $match[1] : (string) gethostname();
    }
}
