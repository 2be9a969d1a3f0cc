<?php

declare(strict_types=1);

namespace Tests\Ecs;

use App\Ecs\Queue\LostConnections;
use Illuminate\Database\LostConnectionDetector;
use PDOException;
use PHPUnit\Framework\Attributes\DataProvider;
use PHPUnit\Framework\TestCase;

final class LostConnectionsTest extends TestCase
{
    #[DataProvider('failures')]
    public function test_it_tells_an_absent_database_from_a_failing_query(string $message, bool $lost): void
    {
        $this->assertSame($lost, (new LostConnections(new LostConnectionDetector))->causedByLostConnection(new PDOException($message)));
    }

    /** @return list<array{string, bool}> */
    public static function failures(): array
    {
        return [
            ['SQLSTATE[08006] [7] connection to server at "db", port 5432 failed: FATAL:  the database system is starting up', true],
            ['SQLSTATE[57P01]: Admin shutdown: 7 FATAL:  terminating connection due to administrator command', true],
            ['SQLSTATE[57P03]: Cannot connect now: 7 FATAL:  the database system is shutting down', true],
            ['SQLSTATE[HY000] [1053] Server shutdown in progress', true],
            ['SQLSTATE[HY000]: General error: 1053 Server shutdown in progress', true],
            ['SQLSTATE[HY000]: General error: 2006 MySQL server has gone away', true], // Laravel's own
            ['SQLSTATE[57014]: Query canceled: 7 ERROR:  canceling statement due to statement timeout', false],
            ['SQLSTATE[23505]: Unique violation: 7 ERROR:  duplicate key', false],
            ['SQLSTATE[42S02]: Base table or view not found: 1146 Table \'app.1053\' doesn\'t exist', false],
        ];
    }
}
