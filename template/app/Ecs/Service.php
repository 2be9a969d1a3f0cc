<?php

declare(strict_types=1);

namespace App\Ecs;

use Illuminate\Support\ConfigurationUrlParser;
use Illuminate\Support\Facades\Config;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\Redis;
use Throwable;

/**
 * A managed service that the application cannot do without.
 */
enum Service: string
{
    case Database = 'the database';
    case Valkey = 'Valkey';

    /** Seconds to wait for a connection: an address behind a wrong security group never answers. */
    private const PATIENCE = 5;

    /** What is wrong with it, in one line; null when it answers. */
    public function problem(): ?string
    {
        try {
            [$host, $port] = $this->address();
        } catch (Throwable $problem) {
            return "$this->value is not configured: {$problem->getMessage()}";
        }
        if ($host !== '' && ! @fsockopen($host, $port, $code, $message, self::PATIENCE)) {
            return "$this->value at $host:$port is unreachable: $message";
        }
        try {
            match ($this) {
                self::Database => DB::connection()->getPdo(),
                self::Valkey => Redis::connection('default')->command('ping'),
            };
        } catch (Throwable $problem) {
            return "$this->value at $host:$port refuses us: ".trim(strtok($problem->getMessage(), "\n") ?: '');
        }

        return null;
    }

    /**
     * Host and port; an empty host where there is no server to connect to (SQLite).
     *
     * @return array{string, int}
     */
    private function address(): array
    {
        $config = match ($this) {
            self::Database => Config::array('database.connections.'.Config::string('database.default')),
            self::Valkey => Config::array('database.redis.default'),
        };
        $config = (new ConfigurationUrlParser)->parseConfiguration($config);
        $host = $config['write']['host'] ?? $config['host'] ?? '';

        return [(string) (is_array($host) ? $host[0] : $host), (int) ($config['port'] ?? 0)];
    }
}
