<?php

declare(strict_types=1);

namespace App\Ecs\Logging;

use Symfony\Component\Console\Output\StreamOutput;

/**
 * An output that writes a line when it is complete, so that no line of another process lands in its middle.
 */
final class WholeLines extends StreamOutput
{
    private string $rest = '';

    public static function of(StreamOutput $output): self
    {
        return new self($output->getStream(), $output->getVerbosity(), $output->isDecorated(), $output->getFormatter());
    }

    protected function doWrite(string $message, bool $newline): void
    {
        $this->rest .= $message.($newline ? PHP_EOL : '');
        $end = strrpos($this->rest, PHP_EOL);
        if ($end !== false) {
            parent::doWrite(substr($this->rest, 0, $end), true);
            $this->rest = substr($this->rest, $end + strlen(PHP_EOL));
        }
    }
}
