<?php

declare(strict_types=1);

namespace App\Ecs;

use App\Ecs\Logging\Channels;
use Illuminate\Contracts\Config\Repository;
use Illuminate\Support\Env;
use PDO;
use Pdo\Mysql;

/**
 * What must hold in every container: logs go to stderr, and cache, locks, sessions, queues and
 * maintenance mode live in Valkey, because no container outlives its release and none is alone.
 */
final class ContainerConfiguration
{
    /** RDS's certificate authorities, where the repository holds them; they are not among Debian's. */
    private const DATABASE_AUTHORITIES = '/app/docker/rds-ca.pem';

    /** Seconds after its timeout before a job counts as lost and is given to another worker. */
    private const RETRY_MARGIN = 30;

    public static function apply(Repository $config): void
    {
        foreach ([self::logging($config), self::database(), self::valkey(), self::state($config)] as $settings) {
            $config->set($settings);
        }
    }

    /** Whether there is one: an application may do without, and name other stores. */
    public static function hasValkey(): bool
    {
        return (string) (Env::get('REDIS_HOST') ?? Env::get('REDIS_URL')) !== '';
    }

    /**
     * Laravel's own file channels go to stderr; `custom` and `monolog` drivers are the application's.
     *
     * @return array<string, mixed>
     */
    private static function logging(Repository $config): array
    {
        $stderr = Env::get('LOG_FORMAT', 'json') === 'json' ? Channels::json() : Channels::stderr();
        $settings = [
            'logging.default' => Env::get('LOG_CHANNEL', 'stderr'),
            'logging.channels.stderr' => $stderr,
            'logging.channels.json' => Channels::json(),
            'logging.channels.emergency' => ['path' => 'php://stderr'],
        ];
        foreach ((array) $config->get('logging.channels') as $name => $channel) {
            if (in_array($channel['driver'] ?? null, ['single', 'daily', 'monthly'], true)) {
                $settings["logging.channels.$name"] = ['name' => $name] + $stderr;
            }
        }

        return $settings;
    }

    /**
     * TLS to the database where DB_TLS says so, as on AWS. The server's certificate is verified once its
     * authorities are in the image.
     *
     * @return array<string, mixed>
     */
    private static function database(string $authorities = self::DATABASE_AUTHORITIES): array
    {
        if (Env::get('DB_TLS') !== true) {
            return [];
        }
        $verify = is_file($authorities);
        $settings = ['database.connections.pgsql.sslmode' => $verify ? 'verify-full' : 'require'];
        if ($verify) {
            $settings['database.connections.pgsql.sslrootcert'] = $authorities;
        }
        if (extension_loaded('pdo_mysql')) {
            [$ca, $check] = PHP_VERSION_ID >= 80400
                ? [Mysql::ATTR_SSL_CA, Mysql::ATTR_SSL_VERIFY_SERVER_CERT]
                : [PDO::MYSQL_ATTR_SSL_CA, PDO::MYSQL_ATTR_SSL_VERIFY_SERVER_CERT];
            foreach (['mysql', 'mariadb'] as $connection) {
                // Naming any authority is what makes PHP ask for TLS.
                $settings["database.connections.$connection.options.$ca"] = $verify ? $authorities : '/etc/ssl/certs/ca-certificates.crt';
                $settings["database.connections.$connection.options.$check"] = $verify;
            }
        }

        return $settings;
    }

    /**
     * Two connections: `default` for what must not be lost (queue, sessions, locks), `cache` for
     * what may. They may be one server or two, REDIS_CACHE_HOST naming the second.
     *
     * @return array<string, mixed>
     */
    private static function valkey(): array
    {
        $host = Env::get('REDIS_HOST', '127.0.0.1');
        $server = [
            'url' => Env::get('REDIS_URL'), // where set, it wins; with a database at its end both would share it
            'scheme' => Env::get('REDIS_SCHEME'), // tls on AWS; without it REDIS_HOST may be tls://...
            'username' => Env::get('REDIS_USERNAME'),
            'password' => Env::get('REDIS_PASSWORD'),
            'port' => Env::get('REDIS_PORT', '6379'),
            'timeout' => 5,
            'read_timeout' => 10,
        ];

        return [
            'database.redis.client' => 'phpredis',
            'database.redis.options.prefix' => Env::get('REDIS_PREFIX', ''),
            'database.redis.default' => $server + ['host' => $host, 'database' => '0'],
            'database.redis.cache' => $server + ['host' => Env::get('REDIS_CACHE_HOST', $host), 'database' => '1'],
        ];
    }

    /**
     * @return array<string, mixed>
     */
    private static function state(Repository $config): array
    {
        $queue = $config->get('queue.connections.'.$config->get('queue.default'), []);

        return [
            'cache.default' => Env::get('CACHE_STORE', 'redis'),
            'cache.prefix' => Env::get('CACHE_PREFIX', ''),
            'cache.stores.redis' => ['driver' => 'redis', 'connection' => 'cache', 'lock_connection' => 'default'],

            'session.driver' => Env::get('SESSION_DRIVER', 'redis'),
            'session.connection' => 'default',
            'session.cookie' => Env::get('SESSION_COOKIE', 'session'),

            'queue.default' => Env::get('QUEUE_CONNECTION', 'redis'),
            'queue.connections.redis' => [
                'driver' => 'redis',
                'connection' => 'default',
                'queue' => Env::get('REDIS_QUEUE', 'default'),
                'retry_after' => (int) Env::get('QUEUE_TIMEOUT', 90) + self::RETRY_MARGIN,
                'block_for' => null, // a blocked worker would not notice that it should stop
                'after_commit' => $queue['after_commit'] ?? false, // the application's own choice
            ],

            // In a store of its own: the cache evicts, and cache:clear would end the maintenance.
            'cache.stores.maintenance' => ['driver' => 'redis', 'connection' => 'default', 'lock_connection' => 'default'],
            'app.maintenance' => self::hasValkey() ? ['driver' => 'cache', 'store' => 'maintenance'] : $config->get('app.maintenance'),
        ];
    }
}
