<?php

declare(strict_types=1);

namespace Tests\Ecs;

use App\Ecs\ContainerConfiguration;
use App\Ecs\Logging\JsonFormatter;
use Illuminate\Config\Repository;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

final class ContainerConfigurationTest extends TestCase
{
    /** What applies here is what a test says, not what phpunit.xml or a .env sets. */
    private const READ = [
        'CACHE_PREFIX', 'CACHE_STORE', 'DB_TLS', 'LOG_CHANNEL', 'LOG_FORMAT', 'LOG_LEVEL', 'LOG_STDERR_FORMATTER',
        'QUEUE_CONNECTION', 'QUEUE_TIMEOUT', 'REDIS_CACHE_HOST', 'REDIS_HOST', 'REDIS_PASSWORD', 'REDIS_PORT',
        'REDIS_PREFIX', 'REDIS_QUEUE', 'REDIS_SCHEME', 'REDIS_URL', 'REDIS_USERNAME', 'SESSION_COOKIE', 'SESSION_DRIVER',
    ];

    /** @var array{array<string, mixed>, array<string, mixed>, array<string, string>} */
    private array $before;

    protected function setUp(): void
    {
        $this->before = [$_SERVER, $_ENV, array_intersect_key(getenv(), array_flip(self::READ))];
        foreach (self::READ as $name) {
            unset($_SERVER[$name], $_ENV[$name]);
            putenv($name);
        }
    }

    protected function tearDown(): void
    {
        [$_SERVER, $_ENV, $variables] = $this->before;
        foreach ($variables as $name => $value) {
            putenv("$name=$value");
        }
    }

    public function test_state_lives_in_valkey(): void
    {
        $config = $this->applied(['REDIS_HOST' => 'valkey']);

        $this->assertSame('redis', $config->get('cache.default'));
        $this->assertSame('redis', $config->get('session.driver'));
        $this->assertSame('redis', $config->get('queue.default'));
        $this->assertSame(['driver' => 'cache', 'store' => 'maintenance'], $config->get('app.maintenance'));
    }

    public function test_without_valkey_maintenance_is_the_application_s_own(): void
    {
        $this->assertSame('file', $this->applied([], ['app' => ['maintenance' => 'file']])->get('app.maintenance'));
    }

    public function test_locks_sessions_queues_and_maintenance_stay_off_the_connection_that_evicts(): void
    {
        $config = $this->applied();

        $this->assertSame('cache', $config->get('cache.stores.redis.connection'));
        $this->assertSame('default', $config->get('cache.stores.redis.lock_connection'));
        $this->assertSame('default', $config->get('cache.stores.maintenance.connection'));
        $this->assertSame('default', $config->get('session.connection'));
        $this->assertSame('default', $config->get('queue.connections.redis.connection'));
    }

    public function test_the_database_is_spoken_to_over_tls_where_the_environment_says_so(): void
    {
        $this->assertNull($this->applied()->get('database.connections.pgsql.sslmode'));
        $config = $this->applied(['DB_TLS' => 'true']);
        $this->assertSame('require', $config->get('database.connections.pgsql.sslmode'));
        foreach (extension_loaded('pdo_mysql') ? ['mysql', 'mariadb'] : [] as $connection) {
            $this->assertContains('/etc/ssl/certs/ca-certificates.crt', $config->get("database.connections.$connection.options"));
        }
        $this->assertNull($this->applied(['DB_TLS' => 'false'])->get('database.connections.pgsql.sslmode'));
    }

    public function test_jobs_wait_for_the_commit_where_the_application_says_so(): void
    {
        $connections = ['database' => ['driver' => 'database', 'after_commit' => true]];

        $this->assertTrue($this->applied([], ['queue' => ['default' => 'database', 'connections' => $connections]])
            ->get('queue.connections.redis.after_commit'));
        $this->assertFalse($this->applied()->get('queue.connections.redis.after_commit'));
    }

    #[DataProvider('timeouts')]
    public function test_a_job_is_not_given_out_twice(int $timeout): void
    {
        $config = $this->applied(['QUEUE_TIMEOUT' => (string) $timeout]);

        $this->assertGreaterThan($timeout + 10, $config->get('queue.connections.redis.retry_after'));
    }

    /** @return list<array{int}> */
    public static function timeouts(): array
    {
        return [[1], [90], [110]];
    }

    public function test_the_second_valkey_is_for_the_cache_alone(): void
    {
        $config = $this->applied(['REDIS_HOST' => 'main', 'REDIS_CACHE_HOST' => 'cache', 'REDIS_SCHEME' => 'tls']);

        $this->assertSame('main', $config->get('database.redis.default.host'));
        $this->assertSame('cache', $config->get('database.redis.cache.host'));
        $this->assertSame('tls', $config->get('database.redis.cache.scheme'));
    }

    #[DataProvider('formats')]
    public function test_no_channel_writes_a_file(string $format, ?string $formatter): void
    {
        $config = $this->applied(['LOG_FORMAT' => $format], ['logging' => ['channels' => [
            'single' => ['driver' => 'single', 'path' => '/app/storage/logs/laravel.log'],
            'payments' => ['driver' => 'daily', 'path' => '/app/storage/logs/payments.log'],
            'slack' => ['driver' => 'slack'],
        ]]]);

        foreach (['stderr', 'single', 'payments'] as $channel) {
            $this->assertSame('php://stderr', $config->get("logging.channels.$channel.handler_with.stream"));
            $this->assertSame($formatter, $config->get("logging.channels.$channel.formatter"));
        }
        $this->assertSame('stderr', $config->get('logging.default'));
        $this->assertSame('payments', $config->get('logging.channels.payments.name'));
        $this->assertSame('php://stderr', $config->get('logging.channels.emergency.path'));
        $this->assertSame('slack', $config->get('logging.channels.slack.driver'));
    }

    /** @return list<array{string, ?string}> */
    public static function formats(): array
    {
        return [['json', JsonFormatter::class], ['line', null]];
    }

    /**
     * @param  array<string, string>  $environment
     * @param  array<string, mixed>  $before
     */
    private function applied(array $environment = [], array $before = []): Repository
    {
        $_SERVER = $environment + $_SERVER;
        ContainerConfiguration::apply($config = new Repository($before));

        return $config;
    }
}
