<?php

/*
 * Ends with 0 unless PHP-FPM hangs: it has to answer within three seconds what its state is, and requests
 * must not wait while none has begun or ended for longer than one may take.
 *
 *     php -n healthcheck.php [SECONDS]
 *
 * Slow requests that fill the pool are no hang: php-fpm.conf ends each after 55 seconds, and then the next
 * one begins.
 */

declare(strict_types=1);

const SEEN = '/tmp/fpm-seen'; // the counters, changed when requests last moved or none waited
const FCGI_BEGIN_REQUEST = 1;
const FCGI_PARAMS = 4;
const FCGI_STDIN = 5;
const FCGI_STDOUT = 6;

/** FastCGI 1.0: a record is version, type, request id, length, padding, reserved, then its content. */
function record(int $type, string $content): string
{
    return pack('CCnnCC', 1, $type, 1, strlen($content), 0, 0).$content;
}

/** What FPM says on its status page, which has a listener of its own and so never waits behind requests. */
function status(): array
{
    $socket = @stream_socket_client('tcp://127.0.0.1:9001', $code, $message, 3);
    if ($socket === false) {
        fail("PHP-FPM does not listen: $message");
    }
    stream_set_timeout($socket, 3);
    $parameters = '';
    foreach (['REQUEST_METHOD' => 'GET', 'SCRIPT_NAME' => '/status', 'SCRIPT_FILENAME' => '/status', 'QUERY_STRING' => 'json'] as $name => $value) {
        $parameters .= chr(strlen($name)).chr(strlen($value)).$name.$value;
    }
    fwrite($socket, record(FCGI_BEGIN_REQUEST, pack('nCx5', 1, 0)).record(FCGI_PARAMS, $parameters).record(FCGI_PARAMS, '').record(FCGI_STDIN, ''));

    $answer = (string) stream_get_contents($socket);
    $page = '';
    while (strlen($answer) >= 8) {
        ['type' => $type, 'length' => $length, 'padding' => $padding] = unpack('Cversion/Ctype/nid/nlength/Cpadding', $answer);
        $page .= $type === FCGI_STDOUT ? substr($answer, 8, $length) : '';
        $answer = substr($answer, 8 + $length + $padding);
    }

    return json_decode(explode("\r\n\r\n", $page, 2)[1] ?? '', true) ?? fail('PHP-FPM does not say what its state is');
}

function fail(string $problem): never
{
    fwrite(STDERR, "error: $problem\n");
    exit(1);
}

$longest = (int) ($argv[1] ?? 60);
$status = status();
$counters = "{$status['accepted conn']} accepted, {$status['active processes']} active";
if ($status['listen queue'] === 0 || $counters !== @file_get_contents(SEEN)) {
    @file_put_contents(SEEN, $counters);
    exit(0);
}
$stuck = time() - (int) @filemtime(SEEN);
if ($stuck > $longest) {
    fail("{$status['listen queue']} requests wait, and for $stuck seconds none has begun or ended");
}
