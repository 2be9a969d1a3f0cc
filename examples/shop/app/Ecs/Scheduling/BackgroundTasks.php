<?php

declare(strict_types=1);

namespace App\Ecs\Scheduling;

use RuntimeException;

/**
 * The tasks that a tick leaves running in the background, which would die with its container.
 *
 * Every process it starts inherits an open file with a lock on it, and so does what that one starts. The
 * lock is free when the last of them has ended: nothing is polled, and no process has to be known.
 */
final class BackgroundTasks
{
    /** @var resource */
    private mixed $inherited;

    /** @var resource */
    private mixed $own;

    public function __construct()
    {
        $path = tempnam(sys_get_temp_dir(), 'tick') ?: throw new RuntimeException('no file can be made in '.sys_get_temp_dir());
        $this->inherited = fopen($path, 'r');
        $this->own = fopen($path, 'r'); // opened anew: a lock belongs to an opening of the file
        unlink($path);
        flock($this->inherited, LOCK_SH);
    }

    /** Wait for the end of them all. */
    public function await(): void
    {
        fclose($this->inherited);
        flock($this->own, LOCK_EX);
    }
}
