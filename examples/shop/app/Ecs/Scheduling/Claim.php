<?php

declare(strict_types=1);

namespace App\Ecs\Scheduling;

/**
 * A minute that a tick has taken, and what went before it.
 */
final readonly class Claim
{
    /** Minutes that a tick makes up for; what was lost before them is only reported. */
    private const CATCH_UP = 60;

    /**
     * @param  ?int  $previous  the newest minute that was taken before; null for the first of all
     * @param  array<int, string>  $unfinished  minutes whose ticks have not ended, and their tasks
     */
    public function __construct(public Minute $minute, private ?int $previous, public array $unfinished) {}

    /** How many minutes before this one nobody took. */
    public function missed(): int
    {
        return $this->previous === null ? 0 : $this->minute->number - $this->previous - 1;
    }

    /** How many of them are too long ago to make up for. */
    public function givenUp(): int
    {
        return max(0, $this->missed() - self::CATCH_UP);
    }

    /**
     * The minutes to run: those to make up for, then its own.
     *
     * @return list<Minute>
     */
    public function minutes(): array
    {
        $first = $this->minute->number - $this->missed() + $this->givenUp();

        return array_map(Minute::number(...), range($first, $this->minute->number));
    }
}
