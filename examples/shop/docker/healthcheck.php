<?php

/*
 * Asks PHP-FPM for its ping over FastCGI; ends with 0 when it answers within three seconds.
 *
 *     php -n healthcheck.php
 */

declare(strict_types=1);

$socket = @stream_socket_client('tcp://127.0.0.1:9001', $code, $message, 3);
if ($socket === false) {
    fwrite(STDERR, "error: PHP-FPM does not listen: $message\n");
    exit(1);
}
stream_set_timeout($socket, 3);

// FastCGI 1.0: a record is version, type, request id, length, padding, reserved, then its content.
$record = static fn (int $type, string $content): string => pack('CCnnCC', 1, $type, 1, strlen($content), 0, 0).$content;
$parameters = '';
foreach (['REQUEST_METHOD' => 'GET', 'SCRIPT_NAME' => '/ping', 'SCRIPT_FILENAME' => '/ping'] as $name => $value) {
    $parameters .= chr(strlen($name)).chr(strlen($value)).$name.$value;
}
fwrite($socket, $record(1, pack('nCx5', 1, 0)).$record(4, $parameters).$record(4, '').$record(5, ''));

$answer = (string) stream_get_contents($socket);
if (! str_contains($answer, 'pong')) {
    fwrite(STDERR, "error: PHP-FPM does not answer its ping\n");
    exit(1);
}
