<?php

namespace Tests;

use App\Greeting;
use Illuminate\Foundation\Testing\TestCase;

class UpTest extends TestCase
{
    public function test_health_route_answers(): void
    {
        $this->get('/up')->assertOk();
    }

    public function test_own_classes_are_loaded(): void
    {
        $this->assertSame('hello', Greeting::TEXT);
    }
}
