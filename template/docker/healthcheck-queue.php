<?php

/*
 * Ends with 0 while a queue worker keeps its word: it says by when it will have made progress, as the
 * modification time of a file (app/Ecs/Health/Deadline.php).
 *
 *     php -n healthcheck-queue.php
 */

declare(strict_types=1);

$deadline = @filemtime('/tmp/deadline');
if ($deadline === false) {
    fwrite(STDERR, "error: the worker has not begun\n");
    exit(1);
}
if ($deadline < time()) {
    fwrite(STDERR, sprintf("error: the worker should have made progress %d seconds ago\n", time() - $deadline));
    exit(1);
}
