<?php

/*
 * Makes every line of a program a JSON object with time, level, message and workload.
 *
 *     php -n log-lines.php COMMAND [ARGUMENT ...]
 *
 * A line that is such an object already passes unchanged; an object that lacks a field gets it;
 * anything else becomes the message. Signals are handed on to the command. What it printed last is
 * written before this program ends, with the command's exit code.
 */

declare(strict_types=1);

const LONGEST_LINE = 1_000_000; // bytes; CloudWatch takes a little more in one event
const FIELDS = ['time' => true, 'level' => true, 'message' => true, 'workload' => true];
const COLOUR = '/\e\[[\d;]*[A-Za-z]/';
const QUERY = '/(?:request|referrer): "[^"?]*\K\?[^" ]*/'; // in nginx's error lines: it may hold a token
const PREFIX = '/^NOTICE: PHP message: /'; // of PHP-FPM, before what PHP itself reports
const SIGNALS = [SIGTERM, SIGQUIT, SIGINT, SIGHUP, SIGUSR1, SIGUSR2];

/** The level a program named itself, or what its stream suggests. */
function level(string $line, string $default): string
{
    // nginx: "[error] 7#7: ..."; PHP-FPM: "NOTICE: ..."; PHP: "PHP Warning:  ..."; entrypoint: "error: ..."
    $named = '/(?|\[(emerg|alert|crit|error|warn|notice|info|debug)\] \d'
        .'|\] (ALERT|ERROR|WARNING|NOTICE|DEBUG): '
        .'|^(?:PHP )?(Fatal|Parse|Warning|Notice|Deprecated|error)\b[^:]*:)/';
    if (! preg_match($named, $line, $match)) {
        return $default;
    }

    return match ($level = strtolower($match[1])) {
        'emerg' => 'emergency',
        'crit', 'fatal', 'parse' => 'critical',
        'warn' => 'warning',
        'deprecated' => 'notice',
        default => $level,
    };
}

function record(string $line, string $level, string $workload): string
{
    $object = str_starts_with($line, '{') ? (array) json_decode($line, flags: JSON_INVALID_UTF8_SUBSTITUTE) : [];
    if ($object === []) {
        $message = trim(preg_replace([COLOUR, QUERY, PREFIX], '', $line));
        $object = ['level' => level($message, $level), 'message' => $message];
    }
    $given = array_filter(array_intersect_key($object, FIELDS), is_string(...));
    if (count($given) === count(FIELDS) && preg_match('//u', $line)) {
        return $line;
    }
    $name = $object['level_name'] ?? null; // Monolog's own formatter has a number as level, and its name here
    $made = [
        'time' => (new DateTimeImmutable)->format('Y-m-d\TH:i:s.vP'),
        'level' => is_string($name) ? strtolower($name) : $level,
        'message' => isset($object['message']) ? json_encode($object['message']) : '',
        'workload' => $workload,
    ];

    return json_encode(
        array_replace($made, $given) + $object,
        JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE | JSON_PRESERVE_ZERO_FRACTION,
    );
}

/** One of the command's two streams, read line by line. */
final class Pipe
{
    public bool $open = true;

    private string $rest = '';

    /**
     * @param  resource  $from
     * @param  resource  $to
     */
    public function __construct(public readonly mixed $from, private readonly mixed $to, private readonly string $level) {}

    public function pass(string $workload): void
    {
        $this->rest .= fread($this->from, 65536);
        $this->open = ! feof($this->from);
        $lines = explode("\n", $this->rest);
        $this->rest = array_pop($lines);
        if (! $this->open || strlen($this->rest) > LONGEST_LINE) {
            $lines[] = $this->rest;
            $this->rest = '';
        }
        foreach ($lines as $line) {
            if (trim($line) !== '') {
                fwrite($this->to, record($line, $this->level, $workload)."\n");
            }
        }
    }
}

date_default_timezone_set('UTC');
$workload = getenv('WORKLOAD') ?: getenv('CONTAINER_MODE') ?: 'unknown';

$command = proc_open(array_slice($argv, 1), [STDIN, ['pipe', 'w'], ['pipe', 'w']], $ends);
if ($command === false) {
    exit(127);
}

pcntl_async_signals(true);
foreach (SIGNALS as $signal) {
    pcntl_signal($signal, static fn (int $signal) => proc_terminate($command, $signal));
}

$pipes = [new Pipe($ends[1], STDOUT, 'info'), new Pipe($ends[2], STDERR, 'error')];
while ($open = array_filter($pipes, static fn (Pipe $pipe) => $pipe->open)) {
    $readable = array_map(static fn (Pipe $pipe) => $pipe->from, $open);
    $none = null;
    // A signal interrupts the wait with a warning, which is no news.
    if (@stream_select($readable, $none, $none, null)) {
        foreach (array_intersect_key($open, $readable) as $pipe) {
            $pipe->pass($workload);
        }
    }
}

while (($status = proc_get_status($command))['running']) {
    usleep(1000);
}

exit($status['signaled'] ? 128 + $status['termsig'] : $status['exitcode']);
